/**
 * Words that refuse a captcha, by language: literals in lower case, separated by `|`. In a language that separates
 * words, they match whole words only: `invalid` does not match `invalidate`. A stem that ends in `*` matches the start
 * of a word. To add a language, add a row, and messages of real sites in that language to `refusal.test.ts`.
 */
interface Words {
  readonly language: string
  /** Its words for *or*. */
  readonly or: string
  /** Names for a captcha, besides *captcha* and the products' names. */
  readonly captcha?: string
  /** Names for its characters that may also mean a code by SMS or on a card. Ignored if the answer mentions those. */
  readonly code?: string
  /** It was checked and refused. */
  readonly refused: string
  /** It is asked for. Counts only in an error, because a label says the same. */
  readonly asked?: string
}

export const table: readonly Words[] = [
  {
    language: 'en',
    or: 'or',
    captcha:
      "not a robot|are a robot|you're a robot|robot check|robot test|robot verification|anti-robot|bot check|bot verification|you are human|you're human|you are a human|you're a human|human verification|human check|human test|visual confirmation|security image|word verification",
    refused:
      "incorrect|incorrectly|invalid|not a valid|wrong|wrongly|failed|failure|expired|timed out|not valid|isn't valid|wasn't valid|no longer valid|not correct|isn't correct|wasn't correct|not match|doesn't match|didn't match|mismatch|no match|not be verified|couldn't be verified|not verify|couldn't verify|can't verify|cannot verify|unable to verify|not be validated|couldn't validate|unable to validate|not validate|didn't validate|not pass|didn't pass|unsuccessful|rejected|declined|denied|disallowed|not accepted|already used|already been used|already seen|error verifying|error validating|verification error|validation error|score too low|score is too low|low score|not entered correctly|wasn't entered correctly|mistyped|bad|not completed correctly|score was too low|enter the correct|enter a valid",
    asked:
      "is required|field required|can't be blank|cannot be blank|can not be blank|not be blank|not be empty|cannot be empty|can't be empty|missing|please complete|please solve|please verify|please confirm|please check|please enter|please tick|please click|please prove|please fill|must complete|must verify|must confirm|need to verify|need to confirm|need to complete|try again|not solved|unsolved|not verified|not passed",
  },
  {
    language: 'zh-Hans',
    or: '或者已|或者|或已|或|还是',
    captcha: '人机验证|人机校验|图形验证码|图片验证码|图形码|滑块验证|滑动验证|机器人验证|不是机器人',
    code: '验证码',
    refused: '错误|不正确|有误|失败|过期|失效|不匹配|无效|不通过|未通过|不一致|不符|不对|已使用|输错|请输入正确',
    asked: '请完成|请输入|不能为空|必填|请重新|重试|丢失|请先',
  },
  {
    language: 'zh-Hant',
    or: '或者已|或者|或已|或|還是',
    captcha: '人機驗證|圖形驗證碼|圖片驗證碼|圖形驗證|機器人驗證|不是機器人|真人驗證|我不是機器人',
    code: '驗證碼',
    refused:
      '錯誤|不正確|有誤|失敗|過期|失效|不匹配|無效|不通過|未通過|不一致|不符|不對|已使用|格式錯誤|輸錯|請輸入正確',
    asked: '請完成|請輸入|不能為空|必填|請重新|重試|遺失|請先',
  },
  {
    language: 'es',
    or: 'o|u',
    captcha:
      'no eres un robot|no es un robot|no soy un robot|eres humano|usted es humano|verificación humana|código de la imagen|texto de la imagen|antirobot',
    code: 'código de seguridad',
    refused:
      'o éste es incorrect*|incorrect*|inválid*|invalid*|erróne*|errone*|no es válid*|no es valid*|no válid*|ya no es válid*|no es correct*|no coincid*|falló|fallo|fallid*|ha fallado|ha caducado|caducad*|expirado|ha expirado|expiró|no se pudo verificar|no se ha podido verificar|no pudimos verificar|no hemos podido verificar|no se pudo validar|no se ha podido validar|equivocad*|rechazad*|no superad*|mal introducid*|error al verificar|error al validar|error en la verificación|error de verificación|no ha sido validad*|no validad*',
    asked:
      'es obligatorio|es requerid*|falta|faltan|vacío|por favor complet*|por favor, complet*|completa el|complete el|debe completar|debes completar|confirma que|confirme que|verifica que|verifique que|inténtelo de nuevo|inténtalo de nuevo',
  },
  {
    language: 'de',
    or: 'oder|bzw',
    captcha:
      'kein roboter|du ein mensch bist|sie ein mensch sind|sicherheitsabfrage|roboterprüfung|zeichen im bild|zeichen aus dem bild|anti-roboter',
    code: 'sicherheitscode|bestätigungscode aus dem bild',
    refused:
      'falsch*|ungültig*|fehlgeschlagen|fehlgeschlagene|nicht korrekt*|inkorrekt*|nicht richtig*|nicht gültig|nicht mehr gültig|abgelaufen*|stimmt nicht*|stimmen nicht*|nicht überein|nicht bestätigt|nicht überprüft werden|nicht verifiziert werden|nicht geprüft werden|nicht bestanden|fehlerhaft*|abgelehnt|nicht erfolgreich|fehler bei der überprüfung|fehler bei der prüfung|fehler bei der verifizierung|nicht akzeptiert',
    asked:
      'erforderlich|fehlt|fehlen|fehlend*|ist leer|pflichtfeld|bitte bestätig*|bitte lös*|bitte füll*|bitte geben|bitte gib|nicht ausgefüllt|nicht gelöst|erneut|noch einmal|nochmal*',
  },
  {
    language: 'fr',
    or: 'ou',
    captcha:
      "pas un robot|êtes humain|êtes un humain|anti-robot|anti-robots|antirobot|code de l'image|vérification humaine|vérification visuelle",
    code: 'code de sécurité',
    refused:
      "mal formaté*|incorrect*|invalide*|erroné*|échoué|a échoué|échec|échouée|n'est pas valide|n'est plus valide|non valide|pas correct*|expiré|expirée|faux|fausse|mauvais|ne correspond pas|ne correspondent pas|impossible de vérifier|pas pu vérifier|pas pu être vérifi*|pas pu être valid*|rejeté|refusé|pas été validé|erreur lors de la vérification|erreur de vérification|erreur lors de la validation|erreur de validation",
    asked:
      'obligatoire|requis|requise|manquant*|absent*|est vide|veuillez compléter|veuillez valider|veuillez confirmer|veuillez résoudre|veuillez cocher|veuillez saisir|merci de cocher|réessayer|réessayez|à nouveau',
  },
  {
    language: 'ja',
    or: 'または|もしくは|あるいは',
    captcha: 'キャプチャ|画像認証|ロボットではない|ロボットでは|ロボット確認|人間による|人間である|認証画像|画像の文字',
    refused:
      '正しくありません|正しくない|間違って|間違いが|違います|失敗|無効|一致しません|一致して|期限切れ|期限が切れ|確認できません|検証できません|認証できません|不正|誤って|誤りが|通りません|認証エラー|検証エラー',
    asked:
      '入力してください|入力されて|完了してください|必須|ありません|空です|足りません|もう一度|チェックして|確認してください',
  },
  {
    language: 'ru',
    or: 'или|либо',
    captcha:
      'капч*|не робот|вы робот|вы человек|код с картинки|кода с картинки|код с изображения|символы с картинки|символы с изображения|текст с картинки|проверка на робота|проверку на робота|защита от роботов|слово с картинки',
    code: 'проверочный код|проверочного кода|защитный код|защитного кода|контрольный код|контрольная комбинация',
    refused:
      'неверн*|неправильн*|не верн*|не правильн*|некорректн*|не корректн*|ошибочн*|не прошла|не пройден*|не прошли|не удалось проверить|не удалось подтвердить|недействител*|истек*|истёк*|устарел*|не совпада*|не совпал*|просрочен*|отклонен*|отклонён*|не подтвержден*|провален*|ошибка проверки|ошибка валидации|ошибка при проверке|не принят*',
    asked:
      'не введен*|не введён*|отсутству*|обязательн*|не заполнен*|не хватает|введите|пройдите|подтвердите|заполните|попробуйте|пустое|необходимо',
  },
  {
    language: 'pt',
    or: 'ou',
    captcha:
      'não é um robô|não é um robo|não sou um robô|você é humano|verificação humana|código da imagem|texto da imagem|caracteres da imagem|anti-robô',
    code: 'código de segurança',
    refused:
      'incorret*|incorrect*|inválid*|invalid*|errad*|não confere|não conferem|falhou|falha|expirou|expirad*|não é válid*|não é valid*|já não é válid*|não está corret*|não corresponde*|não foi possível verificar|não foi possível validar|não pôde ser verificad*|não coincide*|rejeitad*|recusad*|erro ao verificar|erro ao validar|erro na verificação|erro na validação|erro de validação|não validad*|não foi validad*',
    asked:
      'é obrigatóri*|obrigatóri*|não preenchid*|não foi preenchid*|faltando|em falta|vazio|por favor, complet*|por favor complet*|complete o|preencha o|confirme que|resolva o|tente novamente|novamente',
  },
  {
    language: 'it',
    or: 'o|oppure',
    captcha:
      "non sei un robot|non essere un robot|non sono un robot|che sei umano|di essere umano|codice dell'immagine|testo dell'immagine|caratteri dell'immagine|anti-robot|verifica umana",
    code: 'codice di sicurezza',
    refused:
      'errat*|non valid*|non è valid*|non è più valid*|non è corrett*|non corrett*|non corrispond*|sbagliat*|scadut*|fallit*|non riuscit*|non superat*|scorrett*|impossibile verificare|non è stato possibile verificare|invalid*|rifiutat*|errore durante la verifica|errore nella verifica|errore di verifica|non verificat*',
    asked:
      'obbligatori*|è richiest*|richiest*|mancant*|mancano|vuoto|completa il|completare il|compila il|risolvi il|conferma di|confermare di|riprova*|di nuovo|nuovamente',
  },
  {
    language: 'nl',
    or: 'of',
    captcha: 'geen robot|een mens bent|robotcontrole|code uit de afbeelding|tekens in de afbeelding',
    code: 'beveiligingscode',
    refused:
      'onjuist*|ongeldig*|incorrect*|niet geldig|niet meer geldig|niet juist|niet correct|mislukt*|verkeerd*|is fout|foutief|foutieve|verlopen|komt niet overeen|komen niet overeen|niet geverifieerd|niet worden geverifieerd|niet verifiëren|niet gevalideerd|geweigerd|afgewezen',
    asked: 'verplicht|niet ingevuld|ontbreekt|ontbrek*|leeg|lege|missende|vul de|los de|bevestig dat|voltooi|opnieuw',
  },
  {
    language: 'pl',
    or: 'lub|albo|bądź',
    captcha:
      'nie jesteś robotem|nie jest robotem|jesteś człowiekiem|kod z obrazka|kodu z obrazka|kod obrazkowy|tekst z obrazka',
    code: 'kod zabezpieczający|kodu zabezpieczającego|kod bezpieczeństwa|kod weryfikacyjny z obrazka',
    refused:
      'nieprawidłow*|niepoprawn*|błędn*|błąd podczas sprawdzania|błąd weryfikacji|nie powiodł*|nieudan*|nieważn*|wygasł*|wygasła|nie zgadza*|nie pasuj*|nie przeszedł|nie przeszła|zły|złe|zła|nie udało się zweryfikować|odrzucon*|niewłaściw*|nie została zweryfikowana',
    asked: 'wymagan*|brak|brakując*|pusta|puste|uzupełnij|rozwiąż|potwierdź|zaznacz|wpisz|spróbuj ponownie|ponownie',
  },
  {
    language: 'tr',
    or: 'veya|ya da',
    captcha: 'robot olmadığınız*|robot değil*|resimdeki*|resim doğrulama|güvenlik resmi',
    code: 'güvenlik kod*',
    refused:
      'yanlış*|hatalı*|geçersiz*|başarısız*|geçerli değil*|doğru değil*|süresi dol*|süresi geç*|eşleşmiyor|eşleşmedi|uyuşmuyor|doğrulanamadı|doğrulayamadık|reddedildi|doğrulama hatası',
    asked: 'gerekli*|zorunlu*|eksik|boş|doğrulayın*|tamamlayın*|tekrar|giriniz|girin|işaretleyin*',
  },
  {
    language: 'ko',
    or: '또는|혹은|이거나',
    captcha:
      '캡차|캡챠|자동등록방지|자동가입방지|자동입력방지|자동 등록 방지|자동 입력 방지|보안문자|보안 문자|로봇이 아|로봇이 아닙니다|로봇이 아님',
    refused:
      '올바르지|일치하지|틀렸|틀립니다|틀린|잘못|실패|만료|유효하지|맞지|다릅니다|확인할 수 없|확인되지|검증되지|오류|부정확|정확하지',
    asked: '입력하세요|입력해|입력되지|필수|필요|완료해|체크해|다시|확인해|빠졌',
  },
  {
    language: 'vi',
    or: 'hoặc',
    captcha:
      'không phải là robot|không phải robot|không phải là người máy|không phải người máy|mã bảo vệ|mã hình ảnh|mã trong hình',
    code: 'mã bảo mật|mã an toàn',
    refused:
      'không đúng|không chính xác|không hợp lệ|không khớp|không trùng khớp|chưa đúng|chưa chính xác|sai|thất bại|hết hạn|đã hết hạn|không còn hiệu lực|không thể xác minh|không thể xác thực|không thành công|lỗi xác thực|lỗi xác minh',
    asked:
      'bắt buộc|thiếu|trống|chưa nhập|vui lòng nhập|vui lòng hoàn thành|vui lòng xác|hãy nhập|hãy hoàn thành|thử lại|nhập lại',
  },
  {
    language: 'id',
    or: 'atau',
    captcha: 'bukan robot|kode gambar|kode pada gambar|verifikasi manusia',
    code: 'kode keamanan',
    refused:
      'salah|tidak valid|tidak sah|tidak benar|tidak sesuai|tidak cocok|tidak tepat|gagal|kedaluwarsa|kadaluarsa|kadaluwarsa|keliru|ditolak|tidak dapat diverifikasi|tidak berlaku',
    asked:
      'wajib|harus diisi|belum diisi|kosong|diperlukan|silakan isi|silakan selesaikan|harap isi|harap selesaikan|coba lagi|ulangi',
  },
  {
    language: 'ar',
    or: ' أو ',
    captcha:
      'كابتشا|الكابتشا|كابتش|كلمة التحقق|حروف التحقق|لست روبوت|لست برنامج روبوت|رمز الصورة|الرمز الموجود في الصورة|التحقق البشري',
    refused:
      'غير صحيح|غير صالح|غير صالحة|غير صحيحة|خاطئ|خاطئة|خطأ|فشل|لم تعد صالح|انتهت صلاحي|منتهي|لا يتطابق|غير متطابق|تعذر التحقق|لم يتم التحقق|تم استخدام',
    asked: 'مفقود|مطلوب|فارغ|يرجى إكمال|الرجاء إكمال|يرجى التحقق|الرجاء التحقق|مرة أخرى|يجب',
  },
  {
    language: 'fa',
    or: ' یا ',
    code: 'کد امنیتی',
    captcha: 'کپچا|کپتچا|ربات نیست|کد تصویر|تصویر امنیتی|عبارت امنیتی|متن تصویر',
    refused:
      'نادرست|اشتباه|نامعتبر|صحیح نیست|صحیح نمی|درست نیست|مطابقت ندارد|منقضی|ناموفق|معتبر نیست|تایید نشد|تأیید نشد|شکست',
    asked: 'الزامی|ناموجود|اجباری|وارد کنید|تکمیل کنید|دوباره|خالی',
  },
  {
    language: 'cs',
    or: 'nebo|či',
    captcha: 'captchy|captchu|nejste robot|nejsem robot|jste člověk|kód z obrázku|kódu z obrázku|opis kódu|opsaný kód',
    code: 'kontrolní kód|bezpečnostní kód',
    refused:
      'nesprávn*|neplatn*|chybn*|špatn*|není správn*|není platn*|již není platn*|nesouhlas*|neodpovíd*|neshoduj*|nepodařilo ověřit|nepodařilo se ověřit|nezdařil*|selhal*|vypršel*|neověřen*|zamítnut*|chyba ověření|chyba při ověřování',
    asked: 'povinn*|vyžadován*|chybí|chybějíc*|nebyl zadán*|nebyla zadána|vyplňte|opište|potvrďte|zadejte|znovu',
  },
  {
    language: 'sv',
    or: 'eller',
    captcha:
      'inte är en robot|inte en robot|du är människa|du är en människa|säkerhetsbild*|captchavärdet|captchakoden',
    code: 'säkerhetskod*',
    refused:
      'felaktig*|ogiltig*|är fel|fel captcha|fel kod|misslyckad*|misslyckades|inte giltig*|inte längre giltig*|inte korrekt|inte rätt|stämmer inte|matchar inte|gått ut|utgått|kunde inte verifieras|kunde inte valideras|avvisad*|nekad*',
    asked: 'obligatorisk*|krävs|saknad*|saknas|tomt|fyll i|bekräfta|slutför|försök igen|igen',
  },
  {
    language: 'uk',
    or: 'або|чи',
    captcha: 'капч*|не робот|ви людина|код з картинки|код із зображення|символи з картинки',
    code: 'перевірочний код|захисний код|контрольний код',
    refused:
      'неправильн*|невірн*|не вірн*|некоректн*|помилков*|недійсн*|не пройш*|не пройден*|не вдалося перевірити|не вдалося підтвердити|не збіга*|закінчи*|минув|прострочен*|відхилен*|провал*|помилка перевірки|не прийнят*',
    asked: "відсутн*|обов'язков*|введіть|пройдіть|підтвердьте|заповніть|спробуйте|бракує|порожн*|не введен*|потрібно",
  },
  {
    language: 'hu',
    or: 'vagy',
    captcha: 'nem vagy robot|nem ön robot|nem robot|ellenőrző kép|képen látható kód|képen látható',
    code: 'ellenőrző kód|biztonsági kód',
    refused:
      'hibás*|érvénytelen*|helytelen*|sikertelen*|rossz|nem megfelelő|nem egyezik|lejárt|már nem érvényes|nem sikerült ellenőrizni|elutasít*|téves',
    asked: 'kötelező|hiányz*|hiányzó|töltse ki|töltsd ki|adja meg|erősítse meg|újra|üres',
  },
]
