/**
 * What may stand beside the words that refuse a captcha and adds nothing, by language, in the form of `words.ts`. With
 * any other word, a clause may be about something else: "email and captcha do not match", "wrong two-factor code".
 */
export const beside: Readonly<Record<string, string>> = {
  en: "the|a|an|this|that|it|its|your|you|we|i|i'm|am|is|are|was|were|be|been|has|have|had|did|does|do|could|can|of|in|on|for|to|at|by|with|there|already|again|longer|still|please|sorry|try|verification|verify|verified by|verifying|validation|validate|validating|check|checking|code|codes|value|text|characters|letters|digits|numbers|word|words|answer|response|solution|result|input|entered|enter|typed|submitted|provided|given|supplied|correct|correctly|properly|valid|right|image|picture|field|box|checkbox|test|challenge|question|token|human|person|robot|bot|anti|security|error|errors|warning|message|something|went|system|reports|invisible|score|action|attribute|used|google|cloudflare|friendly|enterprise|g|h|cf|frc|re|grpc|oops|reason|or|solve|complete|pass",
  'zh-Hans':
    '的|您|你|请|已|已经|被|输入|填写|填入|提交|提供|校验|验证|验证结果|结果|答案|内容|字段|参数|响应|令牌|正确|是|为|出现|发生|啦|哦|了|吧|图片|图形|图像|拖动|错误提示|提示|错误|通过|重新|进行|对不起|抱歉|不存在',
  'zh-Hant':
    '的|您|你|請|已|已經|被|輸入|填寫|提交|提供|校驗|驗證|結果|答案|內容|欄位|參數|回應|權杖|正確|是|為|發生|囉|哦|了|吧|圖片|圖形|圖像|通過|重新|進行|對不起|抱歉|不存在',
  es: 'el|la|los|las|lo|un|una|de|del|al|en|por|es|está|esta|ha|sido|fue|se|su|tu|sentimos|favor|código|codigo|valor|texto|verificación|verificacion|validación|validacion|comprobación|respuesta|ingresado|ingresada|introducido|introducida|introducidos|escrito|correctamente|correcto|correcta|con|error|prueba|caracteres|letras|imagen|seguridad|campo|que|éste|este|usted|ya|parece|solución|token',
  de: 'der|die|das|den|dem|des|ein|eine|einen|ist|war|wurde|wurden|hat|konnte|kann|werden|sie|du|ihr|ihre|dein|deine|bitte|leider|code|wert|text|zeichen|eingabe|eingegeben|eingegebene|eingegebenen|angegebene|antwort|prüfung|überprüfung|überprüfen|verifizierung|validierung|bestätigung|test|lösung|feld|fehler|korrekt|richtig|richtige|richtigen|gelöst|mehr|formatiert|geschlagen|fehl|bei|beim|von|im|zu|und richtig|token|beantwortet',
  fr: "le|la|les|l|un|une|de|du|des|d|n|a|est|sont|été|était|vous|votre|avez|au|en|lors|code|valeur|texte|caractères|vérification|validation|valider|vérifier|réponse|fournie|fourni|saisi|saisie|entré|entrée|test|solution|champ|erreur|correct|correctement|bon|bonne|désolé|s'il|plaît|image|jeton|que",
  ja: 'が|の|に|は|を|も|で|と一致|です|でした|ます|ました|しました|します|います|いました|いません|ください|もう|コード|値|文字|文字列|入力|入力された|された|検証|認証|確認|画像|レスポンス|応答|トークン|回答|エラー|ているか|か|申し訳|ありませんが|に失敗|が発生',
  ru: 'вы|ваш|вашу|был|была|было|на|с|в|введён|введен|введена|введено|введены|указан|указана|код|кода|значение|текст|символы|символов|проверка|проверку|проверки|верификация|валидация|валидации|ответ|ответа|поле|ошибка|ошибки|верно|правильно|правильный|правильные|срок|действия|больше|токен|тест|решение|решена|к|сожалению|из|при|уже|ввели',
  pt: 'o|a|os|as|um|uma|de|do|da|no|na|em|é|está|foi|foram|ser|você|seu|sua|por|favor|código|codigo|valor|texto|verificação|validação|resposta|digitado|digitada|digitados|informado|informada|inserido|inserida|corretamente|correto|correta|com|erro|teste|caracteres|letras|imagem|segurança|campo|que|token|desculpe|já|mais|não preenchido',
  it: 'il|lo|la|i|gli|le|un|una|di|del|dello|della|al|nel|in|è|stato|stata|hai|ha|tu|codice|valore|testo|verifica|validazione|convalida|risposta|inserito|inserita|inseriti|correttamente|corretto|corretta|con|errore|test|caratteri|lettere|immagine|sicurezza|campo|che|token|spiacenti|per|favore|più|soluzione',
  nl: 'de|het|een|is|was|werd|zijn|heeft|kon|kan|worden|u|je|uw|jouw|code|waarde|tekst|tekens|verificatie|validatie|controle|antwoord|ingevoerde|ingevoerd|ingevuld|ingevulde|opgegeven|juist|juiste|correct|test|oplossing|veld|fout|afbeelding|helaas|bij|van|voor|niet ingevuld|token',
  pl: 'kod|kodu|wartość|tekst|weryfikacja|weryfikacji|walidacja|odpowiedź|odpowiedzi|wpisany|wpisano|podany|podano|wprowadzony|wprowadzono|jest|został|została|było|się|w|z|na|do|już|poprawnie|prawidłowo|poprawny|prawidłowy|test|rozwiązanie|pole|błąd|obrazka|token|przepraszamy|proszę',
  tr: 'kod|kodu|kodunu|kodunuz|değer|değeri|metin|metni|metnini|doğrulama|doğrulaması|yanıt|yanıtı|cevap|girdiniz|girdin|girildi|girilen|girdiğiniz|oldu|edildi|lütfen|doğru|test|çözüm|alan|alanı|hata|hatası|üzgünüz|bir|token',
  ko: '이|가|을|를|은|는|의|에|도|입력|입력한|입력하신|입력하셨습니다|입력되었습니다|입력해주세요|문자|숫자|글자|코드|값|인증|검증|확인|응답|토큰|했습니다|하였습니다|되었습니다|않습니다|않거나|않았습니다|습니다|입니다|주세요|정확히|정확하게|올바르게|올바른|리|오류|거나|하세요',
  vi: 'mã|bạn|đã|bị|là|được|của|nhập|xác minh|xác thực|xác nhận|kiểm tra|giá trị|phản hồi|câu trả lời|chính xác|đúng|hợp lệ|lỗi|vui lòng|rồi|ảnh|hình ảnh|token',
  id: 'kode|anda|yang|di|ke|untuk|memvalidasi|memverifikasi|verifikasi|validasi|jawaban|respons|nilai|teks|dimasukkan|masukkan|benar|sudah|telah|maaf|mohon|silakan|gambar|token|tes|ini|tersebut',
  ar: 'رمز|الرمز|الرد|استجابة|التحقق|تحقق|من|في|على|ال|ة|ته|تم|لقد|صحة|المطلوب|للتحقق|إدخال|أدخلته|خطأ|كان|هو|هي|قيمة|إجابة|إنسان|لم|تعد',
  fa: 'کد|است|شده|باشد|می|می‌باشد|وارد|عبارت|تصویر|مقدار|پاسخ|اعتبارسنجی|تایید|تأیید|را|در|به|با|شما|خطا|خطای|لطفا|لطفاً|درست|صحیح|ناموجود|کرده اید',
  cs: 'se|je|byl|byla|bylo|kód|kódu|hodnota|text|ověření|ověřit|odpověď|na|z|obrázku|opsaný|zadaný|zadaná|zadán|správně|správný|test|pole|chyba|omlouváme|token|již',
  sv: 'att|är|var|har|den|det|ett|en|du|din|kod|koden|värde|värdet|svar|svaret|verifiera|verifiering|verifieringen|validera|validering|kontroll|angav|angiven|angivna|rätt|test|fält|fel|tyvärr|token|bilden',
  uk: 'ви|ваш|був|була|було|на|з|в|введено|введений|введена|код|коду|значення|текст|символи|перевірка|перевірку|перевірки|відповідь|поле|помилка|помилки|правильно|термін|дії|більше|токен|тест|жаль|вже',
  hu: 'a|az|egy|kód|kódot|érték|szöveg|ellenőrzés|ellenőrzése|ellenőrzési|válasz|megadott|beírt|megadva|helyes|helyesen|teszt|mező|hiba|sajnos|már|volt|lett|kép|token',
}

/** Those of them that may mean something else where *or* separates them from the captcha: "wrong code or captcha". */
export const things =
  'code|codes|token|answer|response|value|text|image|picture|input|question|numbers|letters|word|código|codigo|valor|texto|respuesta|resposta|imagen|imagem|antwort|wert|eingabe|réponse|valeur|texte|codice|valore|testo|risposta|waarde|antwoord|kod|kodu|odpowiedź|код|кода|ответ|ответа|значение|текст|токен|jeton|mã|ảnh|hình ảnh|kode|jawaban|kód|kódu|koden|svar|cevap|yanıt|コード|回答|値|認証|코드|값|응답|参数|令牌|内容|图片|答案|參數|權杖|內容|圖片|رمز|کد|پاسخ|تصویر'
